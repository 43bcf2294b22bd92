"""Reports: what a notebook shows, and how it is typeset."""

BLOCK_MIME = "application/vnd.hw.block+json"  # of the outputs that hw.report.blocks displays and the exporters typeset
