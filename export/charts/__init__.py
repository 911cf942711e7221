"""Every figure of the site that Altair draws, by name; `export.site.stage` draws the race."""

from export.charts import appendix, article, evidence, reference

FIGURES = article.FIGURES | appendix.FIGURES | evidence.FIGURES | reference.FIGURES
