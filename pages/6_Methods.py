"""How much can a model be compressed: the methods, the made models, what each does to it."""

from fairviz.ui import shell, visitors
from fairviz.ui.methods import catalogue, head, made, make, measured_on, picture, work

with shell.page("Methods"):
    if visitors.here():
        head.title()
        catalogue.draw()
    else:
        running = work.busy()
        head.title()
        baseline = head.baseline()
        text = measured_on.choose(baseline)
        picture.draw(baseline, text)
        slot = make.draw(baseline, text)
        made.draw(baseline, text)
        catalogue.draw()
        work.follow(slot, running)
