"""One simulator of a commune at work: phones, desks and a server on the real code, with seeded clock,
network, storage and ids. `world` holds the actions, `laws` what must hold, `runs` how runs are made and
repeated."""
