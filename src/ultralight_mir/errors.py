"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Something a person gave (a file, a row, a key, a disk) is not as it must be.

    The message is one line: where (file, row or key), what was found, what was expected. The command line prints
    it without a traceback and exits with status 1.
    """
