"""Made-up layers of a city (towers, posts, schools, pumps, flood points, fibre routes) as files to import."""
