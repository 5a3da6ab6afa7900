"""Neighbours, one small file each; none of them is imported by us."""
