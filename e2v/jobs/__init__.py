"""What the commands do, without printing: inputs and settings in, an output and a typed result out.

`e2v.jobs.making` has what every job that makes something does: outputs are no inputs and nobody else's, what
is made already is left alone, and the provenance says what the output is made of. The command line renders
results and progress; the Python face returns them.
"""
