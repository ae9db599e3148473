"""Pages of the registry: organisations, persons and accounts."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.access.terms import KIND_LABELS, ROLE_LABELS
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.core.errors import Missing
from exam_app.core.web import back_to, carried_out
from exam_app.people import accounts as access_accounts
from exam_app.people import listings, queries, service
from exam_app.people.forms import (
    AccountForm,
    FindPersonForm,
    MendPersonForm,
    OrganisationForm,
    OrganisationTieForm,
    PersonForm,
    PersonTieForm,
    ReasonForm,
)
from exam_app.people.labels import TIE_LABELS
from exam_app.people.terms import TieKind
from exam_app.people.views.blueprint import bp, form_page, pairs


@bp.get("/organisations")
@requires(Permission.ORGANISATION_EDIT)
def organisations() -> ResponseReturnValue:
    """List the organisations."""
    rows = queries.organisations(active=False)
    return render_template("people/organisations.html", rows=rows, kind_labels=KIND_LABELS)


@bp.get("/organisations/new")
@requires(Permission.ORGANISATION_EDIT)
def new_organisation() -> ResponseReturnValue:
    """Show the form of a new organisation."""
    return form_page(_organisation_form(), _("登记机构"), _("登记"))


@bp.post("/organisations/new")
@requires(Permission.ORGANISATION_EDIT)
def create_organisation() -> ResponseReturnValue:
    """Register an organisation."""
    form = _organisation_form()
    if not carried_out(form, lambda: _register_organisation(form)):
        return form_page(form, _("登记机构"), _("登记"))
    flash(_("机构已登记。"))
    return back_to("people.organisations")


@bp.get("/organisations/<int:organisation_id>")
@requires(Permission.ORGANISATION_EDIT)
def show_organisation(organisation_id: int) -> ResponseReturnValue:
    """Show an organisation with its ties."""
    return _organisation_page(organisation_id, _organisation_tie_form(organisation_id))


@bp.post("/organisations/<int:organisation_id>/ties")
@requires(Permission.ORGANISATION_EDIT)
def tie_organisation(organisation_id: int) -> ResponseReturnValue:
    """Bind an organisation to another."""
    form = _organisation_tie_form(organisation_id)
    organisation = queries.get_organisation(organisation_id)
    done = carried_out(
        form,
        lambda: service.tie_organisations(
            organisation,
            queries.get_organisation(form.other_id.data),
            kind=TieKind(form.kind.data),
            from_on=form.from_on.data,
            until_on=form.until_on.data,
            actor=g.actor,
        ),
    )
    if not done:
        return _organisation_page(organisation_id, form), 422
    flash(_("关联关系已登记。"))
    return back_to("people.show_organisation", organisation_id=organisation_id)


@bp.get("/persons")
@requires(Permission.PERSON_VIEW)
def persons() -> ResponseReturnValue:
    """List persons, ID numbers masked."""
    return _persons_page(FindPersonForm())


@bp.post("/persons")
@requires(Permission.PERSON_VIEW)
def find_person() -> ResponseReturnValue:
    """Find a person by the whole ID number; it stays out of the address."""
    form = FindPersonForm(request.form)
    if form.validate():
        person = queries.find_person(form.id_number.data)
        if person is not None:
            return back_to("people.show_person", person_id=person.id)
        form.refuse(Missing("people-person-unknown", field="id_number"))
    return _persons_page(form), 422


@bp.get("/persons/new")
@requires(Permission.PERSON_EDIT)
def new_person() -> ResponseReturnValue:
    """Show the form of a new person."""
    return form_page(PersonForm(), _("登记人员"), _("登记"))


@bp.post("/persons/new")
@requires(Permission.PERSON_EDIT)
def create_person() -> ResponseReturnValue:
    """Register a person."""
    form = PersonForm(request.form)
    done = carried_out(
        form,
        lambda: service.register_person(
            name=form.name.data,
            id_number=form.id_number.data,
            phone=form.phone.data or None,
            actor=g.actor,
        ),
    )
    if not done:
        return form_page(form, _("登记人员"), _("登记"))
    flash(_("人员已登记。"))
    return back_to("people.persons")


@bp.get("/persons/<int:person_id>")
@requires(Permission.PERSON_VIEW)
def show_person(person_id: int) -> ResponseReturnValue:
    """Show a person with their ties."""
    return _person_page(person_id, _person_tie_form())


@bp.post("/persons/<int:person_id>/ties")
@requires(Permission.PERSON_EDIT)
def tie_person(person_id: int) -> ResponseReturnValue:
    """Bind a person to an organisation."""
    form = _person_tie_form()
    person = queries.get_person(person_id)
    done = carried_out(
        form,
        lambda: service.tie_person(
            person,
            queries.get_organisation(form.organisation_id.data),
            kind=TieKind(form.kind.data),
            from_on=form.from_on.data,
            until_on=form.until_on.data,
            actor=g.actor,
        ),
    )
    if not done:
        return _person_page(person_id, form), 422
    flash(_("任职关系已登记。"))
    return back_to("people.show_person", person_id=person_id)


@bp.get("/persons/<int:person_id>/mending")
@requires(Permission.PERSON_EDIT)
def ask_mending(person_id: int) -> ResponseReturnValue:
    """Show what is registered of a person, to be put right."""
    form = MendPersonForm(name=queries.get_person(person_id).name)
    return form_page(form, _("更正人员登记"), _("更正"))


@bp.post("/persons/<int:person_id>/mending")
@requires(Permission.PERSON_EDIT)
def mend_person(person_id: int) -> ResponseReturnValue:
    """Put right what was registered wrongly."""
    form = MendPersonForm(request.form)
    person = queries.get_person(person_id)
    done = carried_out(
        form,
        lambda: service.mend_person(
            person,
            name=form.name.data,
            id_number=form.id_number.data or "",
            reason=form.reason.data,
            actor=g.actor,
        ),
    )
    if not done:
        return form_page(form, _("更正人员登记"), _("更正"))
    flash(_("人员登记已更正；已发的证书须另行更正。"))
    return back_to("people.show_person", person_id=person_id)


@bp.get("/accounts")
@requires(Permission.PERSON_VIEW)
def accounts() -> ResponseReturnValue:
    """List the accounts."""
    return render_template("people/accounts.html", rows=queries.accounts())


@bp.get("/accounts/new")
@requires(Permission.ACCOUNT_CREATE)
def new_account() -> ResponseReturnValue:
    """Show the form of a new account."""
    return form_page(AccountForm(), _("新建账号"), _("建账号"))


@bp.post("/accounts/new")
@requires(Permission.ACCOUNT_CREATE)
def create_account() -> ResponseReturnValue:
    """Make an account and show its one-time code, this once."""
    form = AccountForm(request.form)
    made: list[str] = []
    if not carried_out(form, lambda: made.append(_create_account(form))):
        return form_page(form, _("新建账号"), _("建账号"))
    return render_template("people/code.html", username=form.username.data, code=made[0])


@bp.get("/accounts/<int:account_id>")
@requires(Permission.PERSON_VIEW)
def show_account(account_id: int) -> ResponseReturnValue:
    """Show an account with its duties and what may be done with it."""
    return _account_page(account_id, ReasonForm())


@bp.post("/accounts/<int:account_id>/disabling")
@requires(Permission.ACCOUNT_CREATE)
def disable_account(account_id: int) -> ResponseReturnValue:
    """Disable an account; its sessions end."""
    form, account = ReasonForm(request.form), queries.get_account(account_id)
    if not carried_out(
        form, lambda: service.disable_account(account, reason=form.reason.data, actor=g.actor)
    ):
        return _account_page(account_id, form), 422
    flash(_("账号已停用，其登录已全部结束。"))
    return back_to("people.show_account", account_id=account_id)


@bp.post("/accounts/<int:account_id>/enabling")
@requires(Permission.ACCOUNT_CREATE)
def enable_account(account_id: int) -> ResponseReturnValue:
    """Enable an account with the password it had."""
    form, account = ReasonForm(request.form), queries.get_account(account_id)
    if not carried_out(
        form,
        lambda: service.enable_account(account, reason=form.reason.data, actor=g.actor),
    ):
        return _account_page(account_id, form), 422
    flash(_("账号已恢复，仍用原口令登录；忘记口令须由两名管理员重置。"))
    return back_to("people.show_account", account_id=account_id)


@bp.post("/accounts/<int:account_id>/sessions-end")
@requires(Permission.ACCOUNT_CREATE)
def end_account_sessions(account_id: int) -> ResponseReturnValue:
    """End every session of an account."""
    with transaction():
        count = service.end_sessions(queries.get_account(account_id), actor=g.actor)
    flash(_("已结束 %(count)s 个会话。", count=count))
    return back_to("people.show_account", account_id=account_id)


@bp.post("/accounts/<int:account_id>/reset-request")
@requires(Permission.ACCOUNT_RESET)
def ask_reset(account_id: int) -> ResponseReturnValue:
    """Ask that an account be reset."""
    form, account = ReasonForm(request.form), queries.get_account(account_id)
    if not carried_out(
        form, lambda: service.ask_reset(account, reason=form.reason.data, actor=g.actor)
    ):
        return _account_page(account_id, form), 422
    flash(_("已提出重置申请，须由另一名系统管理员在 24 小时内办理。"))
    return back_to("people.show_account", account_id=account_id)


@bp.post("/accounts/<int:account_id>/reset")
@requires(Permission.ACCOUNT_RESET)
def reset_account(account_id: int) -> ResponseReturnValue:
    """Reset an account and show its new one-time code, this once."""
    account = queries.get_account(account_id)
    with transaction():
        code = service.reset_account(account, actor=g.actor)
    return render_template("people/code.html", username=account.username, code=code)


def _organisation_form() -> OrganisationForm:
    form = OrganisationForm(request.form)
    form.offer(pairs(queries.organisations()))
    return form


def _register_organisation(form: OrganisationForm) -> None:
    parent_id = form.parent_id.data
    service.register_organisation(
        name=form.name.data,
        kind=form.kind.data,
        credit_code=form.credit_code.data,
        division_code=form.division_code.data,
        parent=None if parent_id is None else queries.get_organisation(parent_id),
        actor=g.actor,
    )


def _create_account(form: AccountForm) -> str:
    person = service.register_person(
        name=form.name.data, id_number=form.id_number.data, actor=g.actor
    )
    return service.create_account(
        person, username=form.username.data, reason=form.reason.data, actor=g.actor
    )[1]


def _organisation_tie_form(organisation_id: int) -> OrganisationTieForm:
    form = OrganisationTieForm(request.form)
    form.offer([pair for pair in pairs(queries.organisations()) if pair[0] != organisation_id])
    return form


def _organisation_page(organisation_id: int, form: OrganisationTieForm) -> str:
    organisation = queries.get_organisation(organisation_id)
    parent_id = organisation.parent_id
    return render_template(
        "people/organisation.html",
        organisation=organisation,
        parent=None if parent_id is None else queries.get_organisation(parent_id),
        ties=listings.ties_of_organisation(organisation_id),
        form=form,
        form_errors=form.summary(),
        kind_labels=KIND_LABELS,
        tie_labels=TIE_LABELS,
    )


def _persons_page(form: FindPersonForm) -> str:
    page = request.args.get("page", 1, type=int)
    lines, count = listings.persons_page(page=page)
    return render_template(
        "people/persons.html",
        form=form,
        form_errors=form.summary(),
        lines=lines,
        count=count,
        page=page,
        pages=max(1, -(-count // listings.PAGE)),
    )


def _person_tie_form() -> PersonTieForm:
    form = PersonTieForm(request.form)
    form.offer(pairs(queries.organisations()))
    return form


def _person_page(person_id: int, form: PersonTieForm) -> str:
    person = queries.get_person(person_id)
    return render_template(
        "people/person.html",
        person=person,
        masked_id=queries.masked_id(person),
        ties=listings.person_ties(person_id),
        form=form,
        form_errors=form.summary(),
        tie_labels=TIE_LABELS,
    )


def _account_page(account_id: int, form: ReasonForm) -> str:
    account = queries.get_account(account_id)
    return render_template(
        "people/account.html",
        shown=account,
        masked_id=queries.masked_id(account.person),
        appointments=queries.live_appointments(account_id, clock.today()),
        sessions=queries.open_sessions(account_id, clock.now()),
        has_totp=access_accounts.has_totp(account),
        form=form,
        form_errors=form.summary(),
        role_labels=ROLE_LABELS,
    )
