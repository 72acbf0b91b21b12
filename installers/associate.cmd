@echo off
rem Lets a double click on an invitation open SynCohort, for this user only. NOT TRIED on Windows yet.
rem   installers\associate.cmd            registers
rem   installers\associate.cmd --remove   takes it away again
setlocal
set "classes=HKCU\Software\Classes"
set "kind=SynCohort.Invitation"
if "%~1"=="--remove" goto remove
if not "%~1"=="" (echo Usage: installers\associate.cmd [--remove] & exit /b 2)
reg add "%classes%\.syncohort-invitation" /ve /d "%kind%" /f >nul || exit /b 1
reg add "%classes%\%kind%" /ve /d "Invitation to a SynCohort study" /f >nul || exit /b 1
reg add "%classes%\%kind%\shell\open\command" /ve /d "\"%~dp0run.cmd\" \"%%1\"" /f >nul || exit /b 1
echo Registered for this user. To take it back: installers\associate.cmd --remove
exit /b 0

:remove
reg delete "%classes%\.syncohort-invitation" /f >nul 2>nul
reg delete "%classes%\%kind%" /f >nul 2>nul
echo Removed.
exit /b 0
