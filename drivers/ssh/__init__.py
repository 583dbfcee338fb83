"""Devices on their command line: configuration backups, facts and a few explicit orders.

netmiko, paramiko and ntc-templates are imported by ``drivers.ssh.worker`` alone, a child process
that lives for one task; everything else here stays small enough for the agent.
"""
