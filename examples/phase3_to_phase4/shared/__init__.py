"""Code that every function of the pipeline shares; here without its utils folder."""
