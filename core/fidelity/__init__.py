"""How true fakes are: one measure a file, and the report that puts them side by side with their floors."""
