"""What every part stands on: lifecycles, access, refusals, days, texts. No word of the programme is known here."""
