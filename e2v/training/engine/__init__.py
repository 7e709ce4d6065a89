"""Running units of work: their schedule, the threads, and runs that can be stopped and gone on with."""
