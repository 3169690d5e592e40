from django.db import migrations

from nagara.reports import guards


def install_guards(apps, schema_editor):
    """Again: SQLite loses triggers where a table is written anew."""
    guards.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_longer_codes")]
    operations = [migrations.RunPython(install_guards, migrations.RunPython.noop)]
