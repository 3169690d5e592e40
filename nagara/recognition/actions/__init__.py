"""One verb, one action: steps that a resolution takes, proposals, appeals, the handing over."""
