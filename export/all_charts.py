"""Every figure of the site, by name."""

from export import (
    appendix_charts,
    article_charts,
    capacity_charts,
    charts,
    evidence_charts,
    race_charts,
)

FIGURES = (
    charts.FIGURES
    | race_charts.FIGURES
    | article_charts.FIGURES
    | appendix_charts.FIGURES
    | evidence_charts.FIGURES
    | capacity_charts.FIGURES
)
