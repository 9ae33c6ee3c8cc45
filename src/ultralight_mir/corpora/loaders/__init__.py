"""mirdata loaders for published layouts that mirdata has none for. They use nothing but mirdata."""
