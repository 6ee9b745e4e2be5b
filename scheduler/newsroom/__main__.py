"""`python -m scheduler.newsroom --hosts 20 --stories 100`."""

from scheduler.newsroom.process import main

main()
