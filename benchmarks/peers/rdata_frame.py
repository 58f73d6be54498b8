"""A table of a file in R's format as CSV on stdout; runs in an environment of its own, with rdata installed.

    PYTHON rdata_frame.py FILE [NAME]
"""

import sys
import warnings

import rdata

warnings.simplefilter("ignore")
path, *name = sys.argv[1:]
(rdata.read_rda(path)[name[0]] if name else rdata.read_rds(path)).to_csv(sys.stdout, index=False)
