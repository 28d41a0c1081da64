"""Who answers for what and when, alarms, corrections, linked tips and muted senders."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit_category",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_category_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "category", name=op.f("pk_unit_category")),
    )
    with op.batch_alter_table("unit_category", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_category_category"), ["category"], unique=False)

    op.create_table(
        "unit_province",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("province_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_province_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "province_code", name=op.f("pk_unit_province")),
    )
    with op.batch_alter_table("unit_province", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_province_province_code"), ["province_code"], unique=False)

    op.create_table(
        "absence",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_absence_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "matter",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_matter_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
    )
    op.create_table(
        "shift",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_shift_staff_id_staff")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_shift_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    with op.batch_alter_table("shift", schema=None) as batch_op:
        batch_op.create_index("ix_shift_unit_id_ends_at", ["unit_id", "ends_at"], unique=False)

    op.create_table(
        "speciality",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_speciality_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "category", name=op.f("pk_speciality")),
    )
    op.create_table(
        "alarm",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["staff.id"], name=op.f("fk_alarm_acknowledged_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_alarm_tip_id_tip")),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_alarm")),
    )
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_next_at"), ["next_at"], unique=False)

    op.create_table(
        "correction",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("machine", sa.JSON(), nullable=False),
        sa.Column("officer", sa.JSON(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_correction_by_id_staff")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_correction_tip_id_tip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_correction_tip_id"), ["tip_id"], unique=False)

    op.create_table(
        "muted_sender",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("sender_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_muted_sender_by_id_staff")),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["staff.id"], name=op.f("fk_muted_sender_lifted_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_muted_sender_tip_id_tip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_muted_sender")),
    )
    with op.batch_alter_table("muted_sender", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_muted_sender_sender_lookup"), ["sender_lookup"], unique=False)
        batch_op.create_index(batch_op.f("ix_muted_sender_tip_id"), ["tip_id"], unique=False)

    op.create_table(
        "page",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_page_staff_id_staff")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_page_tip_id_tip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
    )
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_page_tip_id"), ["tip_id"], unique=False)

    op.create_table(
        "suggested_link",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dismissed_by_id"], ["staff.id"], name=op.f("fk_suggested_link_dismissed_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["tip.id"], name=op.f("fk_suggested_link_other_id_tip")),
        sa.ForeignKeyConstraint(["tip_id"], ["tip.id"], name=op.f("fk_suggested_link_tip_id_tip")),
        sa.PrimaryKeyConstraint("tip_id", "other_id", name=op.f("pk_suggested_link")),
    )
    with op.batch_alter_table("suggested_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggested_link_other_id"), ["other_id"], unique=False)

    # Columns are added in place: SQLite would rebuild a table in a batch, and other tables point at these.
    op.add_column("staff", sa.Column("duty_phone", sa.String(), nullable=True))
    op.add_column("tip", sa.Column("machine_urgent", sa.Boolean(), nullable=True))
    op.add_column("tip", sa.Column("words_read", sa.JSON(), nullable=True))
    op.add_column(
        "tip",
        sa.Column("matter_id", sa.Uuid(), sa.ForeignKey("matter.id", name=op.f("fk_tip_matter_id_matter"))),
        inline_references=True,
    )
    op.create_index(op.f("ix_tip_matter_id"), "tip", ["matter_id"])
    op.add_column("tip", sa.Column("leads_matter", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("tip", sa.Column("muted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tip_place", sa.Column("source", sa.String(), nullable=False, server_default="machine"))
    op.add_column("tip_place", sa.Column("in_force", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    for column in ("in_force", "source"):
        op.drop_column("tip_place", column)
    op.drop_index(op.f("ix_tip_matter_id"), "tip")
    for column in ("muted", "leads_matter", "matter_id", "words_read", "machine_urgent"):
        op.drop_column("tip", column)
    op.drop_column("staff", "duty_phone")
    for table in (
        "suggested_link", "page", "muted_sender", "correction", "alarm", "speciality", "shift", "matter",
        "absence", "unit_province", "unit_category",
    ):  # fmt: skip
        op.drop_table(table)
