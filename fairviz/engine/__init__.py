"""Sets that outgrow one process: what models read, batch by batch, wherever that is done.

Batches are cut where a measuring runs, as they are cut on one machine, and each is read whole by
whoever holds the pair; all that is made of them is made by the same code. So an item's numbers are
those of one machine.
"""
