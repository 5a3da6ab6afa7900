"""Small tools that every function of the pipeline shares."""
