"""Histories that prove the rules of alerts: for each the smallest that must fire it, and its nearest that must not."""
