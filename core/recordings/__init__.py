"""Files of recordings → data sets: read (files), arranged (layouts), made ready (preparation)."""
