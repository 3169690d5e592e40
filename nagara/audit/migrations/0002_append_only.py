from django.db import migrations

from nagara.audit import guards


def forwards(apps, schema_editor):
    apps.get_model("audit", "Head").objects.get_or_create(pk=1)
    guards.install(schema_editor)


def backwards(apps, schema_editor):
    guards.remove(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
