"""Every Django form looks the same: ``{{ form }}`` and ``{{ field.as_field_group }}`` use Pli's templates."""

from __future__ import annotations

from django.forms.renderers import DjangoTemplates


class Renderer(DjangoTemplates):
    """Django's own widgets inside Pli's field and form templates."""

    form_template_name = "pli/form.html"
    field_template_name = "pli/field.html"
