from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("citydata", "0002_measures")]

    operations = [
        migrations.AddField("source", "push", models.BooleanField(default=False, verbose_name="tells of changes")),
        migrations.AddField("source", "subscribed_at", models.DateTimeField(blank=True, null=True, verbose_name="subscription seen")),
        migrations.AddField("source", "told_at", models.DateTimeField(blank=True, null=True, verbose_name="last told")),
    ]
