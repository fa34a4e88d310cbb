"""Addresses of « Compte prépayé » and « Comptes prépayés »."""

from django.urls import path

from pli.office.billing import operator, views

app_name = "billing"
urlpatterns = [
    path("", views.show, name="account"),
    path("change", views.change, name="change"),
    path("entries/", views.entries, name="entries"),
    path("entries/export.xlsx", views.export, name="export"),
    path("entries/statement.pdf", views.statement, name="statement"),
    path("invoices/<uuid:invoice_id>/<slug:form>", views.invoice_file, name="invoice"),
    path("accounts/", operator.accounts, name="accounts"),
    path("accounts/seller", operator.change_seller, name="seller"),
    path("accounts/bank", operator.read_bank, name="bank"),
    path("accounts/price", operator.change_price, name="price"),
    path("accounts/money/<uuid:money_id>", operator.settle, name="settle"),
    path("accounts/entries/<uuid:charge_id>/reverse", operator.reverse, name="reverse"),
    path("accounts/<slug:organisation_slug>/", operator.account, name="operate"),
    path("accounts/<slug:organisation_slug>/credit", operator.credit, name="credit"),
    path("accounts/<slug:organisation_slug>/terms", operator.terms, name="terms"),
]
