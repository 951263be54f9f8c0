# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for the get-pip script that ansible-test downloads: starts from the pip that comes with Python.

Of the arguments only `pip==VERSION` counts.
"""

import ensurepip
import os
import subprocess
import sys

# It switches pip's configuration off for the whole process, also for what comes after it.
environment = dict(os.environ)
ensurepip.bootstrap()
wanted = [argument for argument in sys.argv[1:] if argument.startswith("pip==")]
command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
sys.exit(subprocess.call(command, env=environment))
