"""What the database itself refuses: changing or deleting what the journal says."""

from django.db import migrations

GUARD = """
CREATE FUNCTION journal_guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the journal keeps every event' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.id, NEW.organisation_id, NEW.name, NEW.subject_type, NEW.subject_id, NEW.actor, NEW.occurred_at, NEW.data,
        NEW.personal_digest)
       IS DISTINCT FROM
       (OLD.id, OLD.organisation_id, OLD.name, OLD.subject_type, OLD.subject_id, OLD.actor, OLD.occurred_at, OLD.data,
        OLD.personal_digest)
       OR (OLD.position IS NOT NULL AND (NEW.position, NEW.chain_hash) IS DISTINCT FROM (OLD.position, OLD.chain_hash))
       OR (NEW.personal IS DISTINCT FROM OLD.personal AND NEW.personal IS NOT NULL)
       OR (NEW.personal_salt IS DISTINCT FROM OLD.personal_salt AND NEW.personal_salt IS NOT NULL)
    THEN
        RAISE EXCEPTION 'an event of the journal does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_guard_event BEFORE UPDATE OR DELETE ON journal_event
    FOR EACH ROW EXECUTE FUNCTION journal_guard_event();

CREATE FUNCTION journal_guard_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR OLD.token IS NOT NULL
       OR (NEW.id, NEW.organisation_id, NEW.first_position, NEW.last_position, NEW.root, NEW.created_at)
          IS DISTINCT FROM
          (OLD.id, OLD.organisation_id, OLD.first_position, OLD.last_position, OLD.root, OLD.created_at)
    THEN
        RAISE EXCEPTION 'an anchor of the journal does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_guard_anchor BEFORE UPDATE OR DELETE ON journal_anchor
    FOR EACH ROW EXECUTE FUNCTION journal_guard_anchor();
"""

UNGUARD = """
DROP TRIGGER journal_guard_anchor ON journal_anchor;
DROP FUNCTION journal_guard_anchor();
DROP TRIGGER journal_guard_event ON journal_event;
DROP FUNCTION journal_guard_event();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
