"""Every figure of the site, by name."""

from export.charts import appendix, article, evidence, home

FIGURES = home.FIGURES | article.FIGURES | appendix.FIGURES | evidence.FIGURES
