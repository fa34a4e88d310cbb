"""What the database itself refuses: changing what was booked, and an entry whose lines do not sum to zero."""

from django.db import migrations

TABLES = ("billing_entry", "billing_line", "billing_usage", "billing_price", "billing_invoice", "billing_bankfile")

FUNCTIONS = """
CREATE FUNCTION billing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was booked does not change' USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- Looked at when the transaction ends, for an entry and for a line added to it later: as many lines as it says, and
-- zero in all.
CREATE FUNCTION billing_check_balance(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    said integer;
    present integer;
    total numeric;
BEGIN
    SELECT line_count INTO said FROM billing_entry WHERE id = wanted;
    SELECT count(*), coalesce(sum(amount), 0) INTO present, total FROM billing_line WHERE entry_id = wanted;
    IF present IS DISTINCT FROM said OR present < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'the lines of an entry sum to zero' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END $$;
CREATE FUNCTION billing_balance_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM billing_check_balance(NEW.id); RETURN NULL; END $$;
CREATE FUNCTION billing_balance_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM billing_check_balance(NEW.entry_id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER billing_balance_entry AFTER INSERT ON billing_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_balance_entry();
CREATE CONSTRAINT TRIGGER billing_balance_line AFTER INSERT ON billing_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_balance_line();
"""
GUARDS = "".join(
    f"CREATE TRIGGER billing_guard BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION billing_guard();\n"
    for table in TABLES
)
UNGUARD = "".join(f"DROP TRIGGER billing_guard ON {table};\n" for table in TABLES) + """
DROP TRIGGER billing_balance_line ON billing_line;
DROP TRIGGER billing_balance_entry ON billing_entry;
DROP FUNCTION billing_balance_line();
DROP FUNCTION billing_balance_entry();
DROP FUNCTION billing_check_balance(uuid);
DROP FUNCTION billing_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS + GUARDS, UNGUARD)]
