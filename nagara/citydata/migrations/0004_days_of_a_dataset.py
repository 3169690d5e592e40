from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("citydata", "0003_sources_that_tell")]

    operations = [
        migrations.AddField("dataset", "first_day", models.DateField(blank=True, null=True, verbose_name="first day with observations")),
        migrations.AddField("dataset", "last_day", models.DateField(blank=True, null=True, verbose_name="last day with observations")),
        migrations.AddField("dataset", "extent", models.JSONField(blank=True, default=list, verbose_name="west, south, east, north")),
        migrations.AddField("dataset", "looked_at", models.DateTimeField(blank=True, null=True, verbose_name="looked at")),
    ]
