"""The verbs, a module a noun: core.cli.verbs says which verb lies where. Only core.cli.program imports this package."""
