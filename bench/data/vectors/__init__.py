"""One vector a text: captions of images, strips of digits."""
