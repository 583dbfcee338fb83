"""Budgets and costs: amounts to the cent, years, programmes, the repair fund, claims, depreciation.

Amounts are ``Decimal`` yuan with two places. Decision record 0045 says how they are rounded and
who gets the odd cent of a split.
"""
