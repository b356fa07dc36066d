"""Drawing: the house style and one file per kind of figure."""
