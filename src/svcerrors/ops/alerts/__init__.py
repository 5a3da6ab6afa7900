"""From the alerts that fire to the people who have to know."""
