"""Calls that choose their tip, recordings from elsewhere, corrected and repeated transcripts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_transcript",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_earlier_transcript_recording_id_recording")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_earlier_transcript_tip_id_tip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_transcript")),
    )
    with op.batch_alter_table("earlier_transcript", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_earlier_transcript_recording_id"), ["recording_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_earlier_transcript_tip_id"), ["tip_id"], unique=False)

    op.create_table(
        "provider_copy",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_provider_copy_recording_id_recording")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_provider_copy_tip_id_tip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_copy")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_provider_copy_recording_id")),
    )
    with op.batch_alter_table("provider_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_copy_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_provider_copy_tip_id"), ["tip_id"], unique=False)

    op.create_table(
        "retranscription",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_retranscription_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_retranscription_recording_id_recording")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_retranscription_tip_id_tip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retranscription")),
        sa.UniqueConstraint("recording_id", "model", name=op.f("uq_retranscription_recording_id_model")),
    )
    with op.batch_alter_table("retranscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retranscription_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_retranscription_tip_id"), ["tip_id"], unique=False)

    op.create_table(
        "transcript_correction",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("bands", sa.JSON(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_transcript_correction_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_transcript_correction_recording_id_recording")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_transcript_correction_tip_id_tip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript_correction")),
        sa.UniqueConstraint(
            "recording_id", "number", name=op.f("uq_transcript_correction_recording_id_number")
        ),
    )
    with op.batch_alter_table("transcript_correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transcript_correction_tip_id"), ["tip_id"], unique=False)

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(), nullable=False, server_default="vi"))
        batch_op.add_column(sa.Column("caller_lookup", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("caller_ring_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("caller_wrapped", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("caller_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("offered_tip_id", sa.Uuid(), nullable=True))
        batch_op.alter_column("tip_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.create_index(batch_op.f("ix_call_caller_lookup"), ["caller_lookup"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_call_offered_tip_id_tip"), "tip", ["offered_tip_id"], ["id"]
        )

    op.add_column("call_event", sa.Column("detail", sa.JSON(), nullable=True))

    op.add_column("message", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(), nullable=False, server_default="call"))
        batch_op.add_column(sa.Column("attachment_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("uploaded_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("progress", sa.Double(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("sound", sa.String(), nullable=True))
        batch_op.alter_column("call_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.alter_column("provider_sid", existing_type=sa.VARCHAR(), nullable=True)
        batch_op.create_index(batch_op.f("ix_recording_call_id"), ["call_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_recording_attachment_id"), ["attachment_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_recording_uploaded_by_id_staff"), "staff", ["uploaded_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_recording_attachment_id_attachment"), "attachment", ["attachment_id"], ["id"]
        )

    op.add_column("tip", sa.Column("texts_agreed", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Who wrote to us may be written to.
    op.execute("UPDATE tip SET texts_agreed = true WHERE channel = 'sms'")


def downgrade() -> None:
    # Refused by the database, with nothing changed, while there are calls without a tip or recordings without a call.
    op.drop_column("tip", "texts_agreed")

    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_recording_attachment_id_attachment"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_recording_uploaded_by_id_staff"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_recording_attachment_id"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_recording_call_id"))
        batch_op.alter_column("provider_sid", existing_type=sa.VARCHAR(), nullable=False)
        batch_op.alter_column("call_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column("sound")
        batch_op.drop_column("progress")
        batch_op.drop_column("started_at")
        batch_op.drop_column("uploaded_by_id")
        batch_op.drop_column("attachment_id")
        batch_op.drop_column("source")

    op.drop_column("message", "heard_at")

    op.drop_column("call_event", "detail")

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_call_offered_tip_id_tip"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_call_caller_lookup"))
        batch_op.alter_column("tip_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column("offered_tip_id")
        batch_op.drop_column("caller_sealed")
        batch_op.drop_column("caller_wrapped")
        batch_op.drop_column("caller_ring_key")
        batch_op.drop_column("caller_lookup")
        batch_op.drop_column("language")
        batch_op.drop_column("finished_at")

    with op.batch_alter_table("transcript_correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transcript_correction_tip_id"))

    op.drop_table("transcript_correction")
    with op.batch_alter_table("retranscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retranscription_tip_id"))
        batch_op.drop_index(batch_op.f("ix_retranscription_state"))

    op.drop_table("retranscription")
    with op.batch_alter_table("provider_copy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_copy_tip_id"))
        batch_op.drop_index(batch_op.f("ix_provider_copy_state"))

    op.drop_table("provider_copy")
    with op.batch_alter_table("earlier_transcript", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_earlier_transcript_tip_id"))
        batch_op.drop_index(batch_op.f("ix_earlier_transcript_recording_id"))

    op.drop_table("earlier_transcript")
