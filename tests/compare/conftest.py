from synthetic import lay, make

__all__ = ["lay", "make"]
