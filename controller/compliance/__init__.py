"""The bandwidth verdict: plain inputs, pure findings, evidence that can be computed again."""
