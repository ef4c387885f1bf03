"""`python -m keras_docs.cli`."""

from keras_docs.cli.command_line import main

raise SystemExit(main())
