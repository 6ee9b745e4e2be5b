"""What a person does: by the command line, in the reading room, over the API.

    articles.py    watch one, tag it, write a note of it, have it looked at now
    alerting.py    acknowledge, try again, snooze, test a channel
    rules.py       make, replace and remove rules of alerts
    outlets.py     pause and resume the visits

Each act is a function of a connection, the person who acts, what is acted upon, and the time. It checks what it
is given, does all of it in the transaction that it is handed, notes who did it, and returns what came of it.
Refuses to ask whether somebody may: that is the business of whoever let them in. The daemon reads rules, snoozes,
pauses and what is due from the database whenever it needs them, so that nothing here must tell it.
"""
