"""Graphs on webgl: their draws, recorded once and made again without kernels, contracts or layouts."""
