"""Every figure of the site, by name."""

from export.charts import appendix, article, capacity, evidence, home, race

FIGURES = (
    home.FIGURES
    | race.FIGURES
    | article.FIGURES
    | appendix.FIGURES
    | evidence.FIGURES
    | capacity.FIGURES
)
