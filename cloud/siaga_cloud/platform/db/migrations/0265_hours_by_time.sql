-- The wall asks for the last day of all gauges. Without this index it reads the hours of all years to find them: 72 ms
-- instead of 12 with ten weeks of a thousand gauges.
CREATE INDEX reading_hourly_bucket ON reading_hourly (bucket);
