from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("citydata", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("binding", "an_indicator_is_bound_once"),
        migrations.AlterModelOptions("binding", {"ordering": ["space", "measure", "part", "pk"], "verbose_name": "binding"}),
        migrations.RemoveField("binding", "programme"),
        migrations.RemoveField("binding", "indicator"),
        migrations.AddField("binding", "measure", models.SlugField(default="", max_length=80, verbose_name="measure"), preserve_default=False),
        migrations.AddField("binding", "part", models.SlugField(blank=True, default="", max_length=40, verbose_name="part"), preserve_default=False),
        migrations.AddConstraint(
            "binding",
            models.UniqueConstraint(
                condition=Q(ended_at__isnull=True), fields=("space", "measure", "part"), name="an_indicator_is_bound_once"
            ),
        ),
    ]
