"""Records that arrive one after the other, checked and written as a batch would have them."""
