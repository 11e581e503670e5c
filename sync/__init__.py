"""How copies agree: clock, fold, rules, same-as. Pure: time, chance and storage are arguments."""
