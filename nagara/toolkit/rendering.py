"""How every form is drawn: `{{ form }}` is the faults on top, then one column of label, hint, control, message."""

from django.forms.renderers import DjangoTemplates


class Forms(DjangoTemplates):
    form_template_name = "toolkit/form.html"
    field_template_name = "toolkit/field.html"
