"""The verbs, one module per noun; core.cli.verbs lists the module of each verb. core.cli.program imports them."""
