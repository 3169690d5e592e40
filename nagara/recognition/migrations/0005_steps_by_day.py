
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0002_kept_under_a_name'),
        ('governance', '0006_deferral'),
        ('recognition', '0004_editions_recognitions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='recognitionstep',
            index=models.Index(fields=['on', 'verb'], name='steps_by_day'),
        ),
    ]
