"""The label: promotion zones and recognised areas, their days, steps and certificates."""
