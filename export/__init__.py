"""What leaves the core for a reader: models, chart data, charts, pages."""
