from django.db import migrations

from nagara.reports import guards


def forwards(apps, schema_editor):
    guards.install(schema_editor)


def backwards(apps, schema_editor):
    guards.remove(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
